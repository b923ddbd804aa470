{{ controls_of('roit') }}
