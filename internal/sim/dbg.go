package sim

var dbg func(*world)
