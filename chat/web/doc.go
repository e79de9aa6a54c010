// Package web is an HTTP/1.0 and HTTP/1.1 server on the event loop, for browsers, curl and proxies.
// A Site has routes:
//
//	site := &web.Site{}
//	site.Get("/hello", func(x *web.Exchange) {
//		x.Reply(web.Head{Code: http.StatusOK, Type: web.Text}, []byte("hello\n"))
//	})
//	server := &chat.Server{Addr: "127.0.0.1:8080", Handler: site.NewSession,
//		OnRefuse: web.TooMany, Limits: web.Limits()}
//	err := server.ListenAndServe()
//
// A route runs on the loop of its connection. It answers from memory (Reply), with a file
// (SendFile), with the output of a producer (Produce), or with an open stream of events (Events).
// Blocking work runs in [Do], which answers afterwards.
//
// Handlers of net/http run too, on goroutines that end with their answers: [Handler] serves an
// [http.Handler] alone, [Site.Handle] next to routes.
//
// A request is parsed strictly. It is refused if two servers could disagree about its end. MaxLine,
// MaxHeaders, MaxFields, MaxBody, MaxForm and MaxValues bound its size, and the [chat.Limits] of
// the server bound its time. An idle connection owns no buffer.
//
// To read the code, begin with session.go: it is the protocol, in a few states and three
// terminators. request.go and form.go have pure functions, reply.go and stream.go send answers, and
// events.go leaves an answer open. handler.go and run.go run handlers of net/http.
package web
