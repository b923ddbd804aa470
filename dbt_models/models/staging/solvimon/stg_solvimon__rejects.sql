{{ rejects_of('solvimon') }}
