package chattest

import "github.com/go-asynchat/asynchat/fifo"

// PlayScript is one input of Fuzz, for a fake testing.TB.
var PlayScript = playScript

// SeedScripts are the scripts that Fuzz begins with.
var SeedScripts = seedScripts

// Watch returns p as a channel has it that p was pushed to.
func (s *Side) Watch(p fifo.Producer) fifo.Producer { return s.w.kernel.WatchProducer(p) }

// RaceEnabled says that the race detector is on.
const RaceEnabled = raceEnabled
