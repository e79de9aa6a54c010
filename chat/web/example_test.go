package web_test

import (
	"context"
	"database/sql"
	"fmt"
	"html"
	"net/http"
	"strings"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/web"
)

// A page with a greeting, and the form that requests it.
func ExampleSite() {
	site := &web.Site{}
	site.Get("/", func(x *web.Exchange) {
		x.Reply(web.Head{Code: http.StatusOK, Type: web.HTML},
			[]byte(`<form method="post" action="/hello"><input name="name"></form>`))
	})
	site.Post("/hello", func(x *web.Exchange) {
		form, ok := x.Form()
		if !ok {
			return // the client has been answered
		}
		name := html.EscapeString(strings.TrimSpace(form.Get("name")))
		x.Reply(web.Head{Code: http.StatusOK, Type: web.HTML}, []byte("<p>Hello, "+name))
	})
	server := &chat.Server{Addr: "127.0.0.1:8080", Handler: site.NewSession,
		OnRefuse: web.TooMany, Limits: web.Limits()}
	fmt.Println(server.Addr)
	// Output: 127.0.0.1:8080
}

// A route that queries a database. Meanwhile the loop serves other connections. If the client
// disconnects, the context is done.
func ExampleDo() {
	var db *sql.DB
	site := &web.Site{}
	site.Get("/users", func(x *web.Exchange) {
		web.Do(x, func(ctx context.Context) (users int, err error) {
			err = db.QueryRowContext(ctx, "SELECT count(*) FROM users").Scan(&users)
			return users, err
		}, func(users int, err error) {
			if err != nil {
				x.Refuse(web.Refuse(http.StatusBadGateway, "The database does not answer."))
				return
			}
			x.Reply(web.Head{Code: http.StatusOK, Type: web.Text}, fmt.Appendln(nil, users))
		})
	})
}
