{{ rejects_of('tereina') }}
