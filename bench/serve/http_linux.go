package main

import (
	"io"
	"net/http"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/web"
)

const page = "<!doctype html><title>hello</title><p>hello, world"

// pages is one handler of net/http, for its own server and for ours.
func pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{name}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, page)
	})
	return mux
}

func serveHTTPHandler(addr string) error {
	s := &chat.Server{Addr: addr, Limits: web.Limits(), Handler: web.Handler(pages())}
	return s.ListenAndServe()
}

func serveWebFiles(addr string) error {
	files := http.FileServer(http.Dir("."))
	s := &chat.Server{Addr: addr, Limits: web.Limits(), Handler: web.Handler(files)}
	return s.ListenAndServe()
}

func serveNetHTTPHandler(addr string) error { return http.ListenAndServe(addr, pages()) }
