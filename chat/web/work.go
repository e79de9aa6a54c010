package web

import (
	"context"

	"github.com/go-asynchat/asynchat/chat"
)

// Do runs work, which may block, off the loop, and then calls done on the loop, which answers. Use
// it for disk reads and queries. The route must not use x after Do. Until the answer, other
// connections are served, and further requests of this one wait. Do works as [chat.Do], with one
// exception: if the connection is closed, or the request is refused because it takes too long, done
// is not called. So work has to close its own resources.
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
