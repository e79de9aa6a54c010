package main

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"strings"

	"github.com/go-asynchat/asynchat/chat/web"
)

//go:embed hello.html
var helloSource string

var helloPage = template.Must(template.New("hello").Parse(helloSource))

// hello greets whoever has filled in the form of its page: what CGI programs were written for. The
// template escapes the name.
func hello(x *web.Exchange) {
	form, ok := x.Form()
	if !ok {
		return
	}
	name := strings.TrimSpace(form.Get("name"))
	if len(name) > 100 {
		x.Refuse(web.Refuse(422, "That is too long for a name."))
		return
	}
	var page bytes.Buffer
	if helloPage.Execute(&page, name) == nil { // or the answer is 500
		x.Reply(web.Head{Code: 200, Type: web.HTML, Header: noStore}, page.Bytes())
	}
}

// noStore is for pages that are different each time.
var noStore = http.Header{"Cache-Control": {"no-store"}}

// echo answers with what was sent.
func echo(x *web.Exchange) {
	x.Reply(web.Head{Code: 200, Type: "application/octet-stream"}, x.Body())
}
