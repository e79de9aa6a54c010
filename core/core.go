// Package core has pollers, the event loop, timers and sockets: it calls handlers of ready
// descriptors.
//
// It relates to package chat as asyncore does to asynchat, and does not know messages. A [Loop]
// owns a [Poller] and calls the handlers of its dispatchers (see [Dispatcher]); a [Conn] is a
// dispatcher for a connected stream, a [Listener] is one that accepts connections. A loop uses
// sockets, polling and time only through a [Kernel], so that the same code runs on the operating
// system and on a simulation.
//
// # Concurrency
//
// One goroutine runs a loop, with [Loop.Run] or by calling [Loop.Poll] itself, and everything that
// belongs to the loop is used on that goroutine only: dispatchers, connections, timers. Handlers
// are called there one at a time, never from within another handler, and need no locks. From other
// goroutines only [Loop.Post] and [Loop.Stop] may be called. Before the loop runs, the goroutine
// that made it may set it up.
//
// # A turn of the loop
//
// The order is the same on every poller:
//
//  1. Wait for events, until the first timer is due. If work of steps 2 to 5 is left, do not wait.
//  2. For each ready dispatcher: HandleRead, HandleWrite, HandleExpt, if it wants them and is still
//     open. Hang-up and errors count as readable, so input is read before the end is noticed.
//  3. Posted functions, in the order in which they were posted; those posted meanwhile wait for the
//     next turn.
//  4. Due timers, in their order, then expired deadlines of dispatchers. A timer runs if it was due
//     when the loop queried the poller for events. So input that came in time is delivered before
//     its timeout. If a signal has ended the wait, or the batch of events was full, the loop
//     queries the poller once more. Timers armed in a turn wait for the next one.
//  5. Closes: HandleClose of each dispatcher closed in this turn, then its descriptor is closed.
//
// After every single call of steps 2, 3 and 4, HandleDeferred is called for the dispatchers that
// have called [Dispatcher.Defer]. Since descriptors are closed in step 5, none is reused before all
// events of its batch have been handled. An event finds its dispatcher by registration, not by the
// descriptor's number.
//
// If a handler panics, only its own descriptor is closed: see [PanicError].
//
// # Platforms
//
//	Linux                                       epoll, poll
//	macOS, FreeBSD, NetBSD, OpenBSD, DragonFly  kqueue, poll
//	Solaris, illumos                            poll
//	Windows                                     afd, for TCP and UDP only
//	others                                      none: ErrUnsupported
//
// The first of a line is the default; [WithPoller] and the environment variable ASYNCHAT_POLLER
// choose another. docs/platforms.md has the tests that were run on each platform.
package core
