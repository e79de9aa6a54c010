package chat

import "runtime"

// EveryProcessor as Server.Loops makes one loop for each processor that Go uses.
const EveryProcessor = -1

func (s *Server) loopCount() int {
	if s.Loops == EveryProcessor {
		return runtime.GOMAXPROCS(0)
	}
	return max(1, s.Loops)
}
