// Package asynchat is the root of a framework for line, terminator and length protocols over event
// loops, like Python's asyncore and asynchat. The root package has no code. Begin with package
// chat:
//
//	server := &chat.Server{
//		Addr: "127.0.0.1:7711",
//		Handler: chat.Lines(func(c *chat.Channel, line []byte) {
//			c.PushLine("you said", string(line))
//		}),
//	}
//	log.Fatal(server.ListenAndServe())
//
// # The packages
//
// To write a server or a client:
//
//   - [github.com/go-asynchat/asynchat/chat]: channels, servers, clients, TLS, limits
//   - [github.com/go-asynchat/asynchat/chat/chattest]: tests of a protocol, without a socket
//   - [github.com/go-asynchat/asynchat/chat/transcript]: what a channel has sent and received,
//     as text
//   - [github.com/go-asynchat/asynchat/chat/proxy]: the fields of a PROXY header
//   - [github.com/go-asynchat/asynchat/chat/serve]: the main function of a server: signals, a
//     graceful end, a new version while it runs, systemd
//   - [github.com/go-asynchat/asynchat/chat/web]: HTTP on the event loop, also for handlers of
//     net/http
//   - [github.com/go-asynchat/asynchat/chat/web/websocket]: WebSocket, as server and as client
//   - [github.com/go-asynchat/asynchat/chat/web/status]: a page with the counters of a server
//
// The parts of chat, each of which can be used alone:
//
//   - [github.com/go-asynchat/asynchat/terminator]: where does an element of a stream end? No I/O
//   - [github.com/go-asynchat/asynchat/fifo]: what is still to be sent? A queue of data and
//     producers
//   - [github.com/go-asynchat/asynchat/core]: event loops, sockets, timers, work off the loop
//   - [github.com/go-asynchat/asynchat/core/simkernel]: the same sockets in memory, with a clock
//     that the test moves
//   - [github.com/go-asynchat/asynchat/core/kernel]: what core needs of an operating system
//   - [github.com/go-asynchat/asynchat/core/kerneltest]: the test suite of kernels and pollers
//
// # More to read
//
// The repository has a [tutorial], [how-tos], an [index by symptom], and the [map of all pages].
//
// [tutorial]: https://github.com/go-asynchat/asynchat/blob/main/docs/tutorial.md
// [how-tos]: https://github.com/go-asynchat/asynchat/blob/main/docs/howto.md
// [index by symptom]: https://github.com/go-asynchat/asynchat/blob/main/docs/symptoms.md
// [map of all pages]: https://github.com/go-asynchat/asynchat/blob/main/docs/README.md
package asynchat
