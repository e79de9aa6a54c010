package web_test

import (
	"fmt"
	"html"
	"net/http"
	"strings"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/web"
)

// A page that greets, and the form that it is sent by.
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
