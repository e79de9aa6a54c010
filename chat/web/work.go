package web

import (
	"context"

	"github.com/go-asynchat/asynchat/chat"
)

// Do runs work, which may block, off the loop, and then calls done on the loop, which answers: for
// a route that asks a disk or a database. It is the last thing that the route does with x. Until
// then other connections are served, and further requests of this one wait. All that is said of
// [chat.Do] holds but for the end: if the connection is closed, or the request is refused because
// it takes too long, done is not called. So what is to be closed again is closed by work.
func Do[T any](x *Exchange, work func(context.Context) (T, error), done func(T, error)) {
	s := x.session
	err := chat.Do(s.Channel, work, func(result T, err error) {
		if s.Exchange != x || s.state != working {
			return
		}
		s.state = answering
		s.call(func(*Exchange) { done(result, err) })
	})
	if err == nil {
		s.state = working
	}
}
