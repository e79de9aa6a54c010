// Package chat speaks protocols of lines, terminators and lengths over the event loops of package
// core.
//
// It is what asynchat was to asyncore. A [Channel] hands its input to CollectIncomingData of a
// [Handler] until its terminator matches, then calls FoundTerminator; what the handler pushes is
// sent in order; CloseWhenDone closes when all of it has reached the peer. A [Server] makes a
// channel of each connection that it accepts, [Dial] and a [Dialer] make one of a connection to a
// peer.
//
// # Ways to write a protocol
//
// [Lines] and [Messages] are for one function that is called with each element; [Reads] for
// elements that are read in turn, a line and then so many bytes; a [Handler] with a [Collector] for
// a state machine; [Converse] for straight-line code, which waits where it reads while the loop
// goes on with others. [Commands], [Budget] and [Channel.PushLine] are what protocols of commands
// need in addition.
//
// # What holds for all of them
//
// All callbacks of a channel come on the goroutine of its loop, one at a time, and never from
// within a method of the channel: what a method sets off happens when the callback in progress has
// returned. So handlers need no locks, and must not block: [Channel.Go] is for work that does. From
// other goroutines there are [Channel.Post], [Broadcast] and [Room].
//
// What a handler sees is a function of the bytes that the peer sends, never of how they were split
// into reads. Only the grouping of an element's pieces depends on that. What a callback posts to
// its channel, or broadcasts, comes before the next element and before an end.
//
// HandleConnect is the first callback, and HandleClose the last, called once, with the reason: see
// [ReasonOf]. After Close nothing else is delivered, and after CloseWhenDone no input. A panic, an
// error or a limit ends its own channel, and no other.
//
// A slice that a callback gets is valid only during the call, and one that is pushed is the
// caller's again when the push returns.
//
// [Limits] are on by default, for every length, queue and time: zero is the default, and [NoLimit]
// turns a limit off.
//
// The doubtful cases, and what asynchat does there, are in [semantics]; package
// [github.com/go-asynchat/asynchat/chat/chattest] tests a protocol without a socket.
//
// [semantics]: https://github.com/go-asynchat/asynchat/blob/main/docs/semantics.md
package chat
