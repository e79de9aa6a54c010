package chat

// endpoint is the channel as core sees it, and so where a byte comes in: the loop calls these
// methods, and everything else follows from them. It is a type of its own so that Channel has no
// methods of these names.
//
//	HandleRead      receive.go → deliver.go → the handler, which pushes (push.go)
//	HandleWrite     the system takes output again: settle.go → flush.go
//	HandleDeferred  what a method has set off is done: settle.go
//	HandleDeadline  a clock may be due: clock.go
//	HandleClose     end.go
type endpoint Channel

func (e *endpoint) HandleConnect() {
	c := (*Channel)(e)
	c.life.phase = opening
	c.setRates()
	c.settle()
}

func (e *endpoint) HandleRead() { (*Channel)(e).read() }
func (e *endpoint) HandleWrite() {
	c := (*Channel)(e)
	if c.output.wait == waitKernel {
		c.outputWaits(waitNothing)
	}
	c.clearOutput(inputBefore) // which has had its chance
	c.settle()
}

func (e *endpoint) HandleDeferred() { (*Channel)(e).settle() }
func (e *endpoint) HandleDeadline() { (*Channel)(e).ring() }

func (e *endpoint) HandleError(err error) { (*Channel)(e).tellError(err) }
func (e *endpoint) HandleClose(err error) { (*Channel)(e).closed(err) }
