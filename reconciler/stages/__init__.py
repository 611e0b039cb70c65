"""HOW a run goes: load, resolve, observe, diff, order, guard, apply, record; one public function each."""
