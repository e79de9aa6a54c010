package kernel

import "time"

// Ready is a set of the things that a descriptor may be watched for, and that a poller reports of
// it.
type Ready uint8

const (
	Readable Ready = 1 << iota // data, the end of the stream, or a connection to accept
	Writable                   // room for output, or the end of a connection attempt
	Priority                   // out-of-band data
	HangUp                     // both directions have ended; whatever is wanted, see Poller
	Failed                     // an error is pending, or has ended the connection; the same
)

// An Event says what a descriptor is ready for, by the token under which it was added.
type Event struct {
	Token uint64
	Ready Ready
}

// A Poller waits until descriptors are ready. It is the contract that every mechanism keeps, and
// that kerneltest.Test checks. Only Wake may be called from another goroutine than the one that
// uses the poller.
//
// Of a connection that has ended, or is broken, this is promised on every kernel: who wants to read
// is told Readable, HangUp or Failed, and so is who wants to write and can never again, with
// Writable in place of Readable; reading, or writing, then says what has happened. HangUp and
// Failed are told beyond that, to who wants nothing too, as far as the system does so. There are
// kernels that do not tell them, or not to all, or tell Failed where no error is pending:
// SocketError says whether there is one. Nobody may depend on them to be told of an end, or take
// Failed for an error.
type Poller interface {
	// Name returns the mechanism: "epoll", "kqueue", "poll", "afd".
	Name() string
	// Add begins to watch fd for want (Readable, Writable, Priority; 0 watches for HangUp and Failed
	// only). Events carry token, which is not the largest number. A descriptor can be added once. One
	// that never has to be waited for, such as a regular file, is ready in every Wait for what is
	// wanted of Readable and Writable, as poll(2) has it. A mechanism that cannot tell Priority of a
	// socket refuses it with ErrUnsupported, here and in Modify.
	Add(fd int, token uint64, want Ready) error
	// Modify changes what fd is watched for. Nothing else is reported from the next Wait on.
	Modify(fd int, token uint64, want Ready) error
	// Remove ends the watch. fd must still be open. No Wait that begins later reports it.
	Remove(fd int) error
	// Wait stores in events what is ready, one event for a descriptor, and returns how many it stored.
	// It reports levels: what was reported and is still so is reported again, and of more ready
	// descriptors than fit in events none is left out forever. It returns early, perhaps with 0
	// events, after Wake or a signal; otherwise it waits until a descriptor is ready or the timeout
	// has passed, never less (fractions of the mechanism's unit are rounded up). 0 does not wait, a
	// negative timeout waits forever.
	Wait(events []Event, timeout time.Duration) (int, error)
	// Wake makes the Wait in progress return, or else the next one. Many wakes before a Wait are one.
	Wake() error
	// Close releases the poller. The descriptors added to it stay open.
	Close() error
}

// A Parker is a [Poller] that can also wait where another goroutine of this process ends the wait
// without a system call. An event ends it at a higher price than that of Wait.
type Parker interface {
	// Park is Wait, which Unpark ends too. Calls of Park and of Wait may alternate.
	Park(events []Event, timeout time.Duration) (int, error)
	// Unpark makes the Park in progress return, or else the next one. It is called from any
	// goroutine, but not after Close.
	Unpark() error
}
