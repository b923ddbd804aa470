{{ controls_of('tereina') }}
