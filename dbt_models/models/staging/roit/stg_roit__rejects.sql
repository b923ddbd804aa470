{{ rejects_of('roit') }}
