// Package chat implements protocols made of lines, delimited elements or lengths, on the event
// loops of package core.
//
// It relates to core as asynchat does to asyncore. A [Channel] hands its input to
// CollectIncomingData of a [Handler] until its terminator matches, then calls FoundTerminator.
// Pushes of the handler are sent in order. CloseWhenDone closes the connection after all of them
// were sent. A [Server] makes a channel of each connection that it accepts. [Dial] and a [Dialer]
// make a channel of a connection to a peer.
//
// # Ways to write a protocol
//
// [Lines] and [Messages] call one function with each element. [Reads] is for elements of different
// kinds, such as a line and then n bytes. A [Handler] with a [Collector] is a state machine.
// [Converse] is for straight-line code: while it waits for input, the loop serves other channels.
// [Commands], [Budget] and [Channel.PushLine] are what protocols of commands need in addition.
//
// # What holds for all of them
//
// All callbacks of a channel come on the goroutine of its loop, one at a time. A method of the
// channel never calls them itself: callbacks that it causes come when the callback in progress has
// returned. So handlers need no locks, and must not block: use [Channel.Go] for blocking work.
// Other goroutines may use [Channel.Post], [Broadcast] and [Room].
//
// The calls that a handler gets depend only on the bytes that the peer sends, never on how these
// bytes were split into reads. Only the size of the pieces that CollectIncomingData gets depends on
// the reads. A function that a callback posts to its channel runs before the next element is
// delivered, and before an end of the input or of the channel. Broadcasts of a callback come just
// as early.
//
// HandleConnect is the first callback. HandleClose is the last: it is called once, with the reason
// of the close (see [ReasonOf]). After Close it is the only callback. After CloseWhenDone no more
// input is delivered. A panic, an error or a limit closes only the channel in which it occurs.
//
// A slice that a callback gets is valid only during the call. The caller of a push may reuse its
// slice when the push returns.
//
// Lengths, queues and times are limited by default. For a field with a limit, zero means the
// default, and [NoLimit] turns the limit off.
//
// The page [semantics] has the exact rules, and the differences from asynchat. Package
// [github.com/go-asynchat/asynchat/chat/chattest] tests a protocol without a socket.
//
// [semantics]: https://github.com/go-asynchat/asynchat/blob/main/docs/semantics.md
package chat
