{{ controls_of('solvimon') }}
