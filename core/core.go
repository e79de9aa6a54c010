// Package core turns readiness of descriptors into calls: pollers, the loop, timers, sockets.
//
// It is what asyncore was to asynchat, and knows nothing of messages. A [Loop] owns a [Poller] and
// calls the handlers of its dispatchers (see [Dispatcher]); a [Conn] is a dispatcher for a
// connected stream, a [Listener] one that accepts them. Sockets, polling and time are reached only
// through a [Kernel], so that the same code runs on the operating system and on a simulation.
//
// # Concurrency
//
// One goroutine runs a loop, with [Loop.Run] or by calling [Loop.Poll] itself, and everything that
// belongs to the loop is used on that goroutine only: dispatchers, connections, timers. Handlers
// are called there, one at a time, never from within another one, and need no locks. From other
// goroutines only [Loop.Post] and [Loop.Stop] may be called. Before the loop runs, the goroutine
// that made it may set it up.
//
// # A turn of the loop
//
// The order is the same on every poller:
//
//  1. Wait for events, until the first timer is due; not at all while something below is left to
//     do.
//  2. Ready dispatchers, each: HandleRead, HandleWrite, HandleExpt, as far as it is interested and
//     still open. Hang-up and errors count as readable, so what has arrived is read before the end
//     is seen.
//  3. Posted functions, in the order in which they were posted; those posted meanwhile wait for the
//     next turn.
//  4. Due timers, in their order, then the deadlines of dispatchers that have come. A timer is due
//     if it was when the loop looked for events. So input that came in time is delivered before its
//     timeout. If a signal has ended the wait, or as many events came as fit, the loop looks once
//     more.
//     Timers armed in a turn wait for the next one.
//  5. Closes: HandleClose of each dispatcher closed in this turn, then its descriptor is closed.
//
// After every single call of 2, 3 and 4 the dispatchers that asked for it with [Dispatcher.Defer]
// get HandleDeferred. So a descriptor is never reused before all events that were reported with it
// have been looked at; and an event finds its dispatcher by registration, not by the descriptor's
// number.
//
// A handler that panics loses its own descriptor, and nothing else: see [PanicError].
//
// # Platforms
//
//	Linux                                       epoll, poll
//	macOS, FreeBSD, NetBSD, OpenBSD, DragonFly  kqueue, poll
//	Solaris, illumos                            poll
//	Windows                                     afd, for TCP and UDP only
//	others                                      none: ErrUnsupported
//
// The first is the default; [WithPoller] and the environment variable ASYNCHAT_POLLER choose
// another. What was run where is in docs/platforms.md.
package core
