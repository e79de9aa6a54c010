package kernel

import "time"

// Ready is a set of events that a poller can watch and report.
type Ready uint8

const (
	Readable Ready = 1 << iota // data, the end of the stream, or a connection to accept
	Writable                   // room for output, or the end of a connection attempt
	Priority                   // out-of-band data
	HangUp                     // both directions have ended; reported even if not wanted
	Failed                     // an error is pending or has ended the connection; even if not wanted
)

// An Event reports for what a descriptor is ready. Token is the token with which the descriptor was
// added.
type Event struct {
	Token uint64
	Ready Ready
}

// A Poller waits until descriptors are ready. The contract in these comments holds for every
// mechanism, and kerneltest.Test checks it. Only Wake may be called from another goroutine than the
// one that uses the poller.
//
// When a connection has ended or is broken, every kernel promises the following. If Readable is
// wanted, Wait reports Readable, HangUp or Failed. If Writable is wanted and writing can never
// succeed again, Wait reports Writable, HangUp or Failed. A read or write then returns the result.
// Many systems also report HangUp and Failed if no event is wanted, but some do not, or not always.
// Some report Failed although no error is pending: SocketError returns the error if there is one.
// So do not rely on HangUp and Failed to notice that a connection has ended, and do not take Failed
// for an error.
type Poller interface {
	// Name returns the mechanism: "epoll", "kqueue", "poll", "afd".
	Name() string
	// Add begins to watch fd for want (Readable, Writable, Priority; 0 watches for HangUp and Failed
	// only). Events carry token, which must not be the largest number. A descriptor can be added only
	// once. A regular file, which never blocks, is ready in every Wait for Readable and Writable, if
	// they are wanted, as with poll(2). A mechanism that cannot report Priority for a socket refuses
	// it with ErrUnsupported, here and in Modify.
	Add(fd int, token uint64, want Ready) error
	// Modify changes the events for which fd is watched. From the next Wait on, no other events are
	// reported.
	Modify(fd int, token uint64, want Ready) error
	// Remove ends the watch. fd must still be open. Later Waits do not report fd.
	Remove(fd int) error
	// Wait stores one event for each ready descriptor in events, and returns their number. Events are
	// level-triggered: a descriptor that is still ready is reported again. If more descriptors are
	// ready than fit in events, each of them is reported eventually. Wait returns early, perhaps with
	// 0 events, after Wake or a signal. Otherwise it waits until a descriptor is ready or the whole
	// timeout has passed (fractions of the mechanism's unit are rounded up). With a timeout of 0 it
	// does not wait, with a negative one it waits forever.
	Wait(events []Event, timeout time.Duration) (int, error)
	// Wake makes the Wait in progress return, or else the next one. Several calls of Wake before a
	// Wait count as one.
	Wake() error
	// Close releases the poller. The descriptors added to it stay open.
	Close() error
}

// A Parker is a [Poller] with a second kind of wait, which another goroutine of this process can
// end without a system call. An event that ends this wait costs more than with Wait.
type Parker interface {
	// Park works as Wait, and Unpark can end it too. Calls of Park and of Wait may alternate.
	Park(events []Event, timeout time.Duration) (int, error)
	// Unpark makes the Park in progress return, or else the next one. It is called from any
	// goroutine, but not after Close.
	Unpark() error
}
