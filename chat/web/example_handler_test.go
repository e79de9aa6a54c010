package web_test

import (
	"fmt"
	"io"
	"net/http"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/web"
)

// An ordinary handler of net/http runs on an event loop.
func ExampleHandler() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello/{name}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "Hello,", r.PathValue("name"))
	})
	server := &chat.Server{Addr: "127.0.0.1:0", Handler: web.Handler(mux), Limits: web.Limits()}
	l, err := server.Listen()
	if err != nil {
		fmt.Println(err)
		return
	}
	go server.Serve(l)
	defer server.Close()

	resp, err := http.Get("http://" + l.Addr().String() + "/hello/kong")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	fmt.Print(resp.Status, " ", string(body))
	// Output: 200 OK Hello, kong
}
