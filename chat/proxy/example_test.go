package proxy_test

import (
	"fmt"

	"github.com/go-asynchat/asynchat/chat/proxy"
)

// The fields, in the form that ProxyTLVs of a channel returns: a type, two bytes of length, a
// value.
func ExampleTLVs() {
	fields := proxy.TLVs("\x01\x00\x02h2" + "\x02\x00\x0bexample.org")
	host, ok := fields.Get(proxy.Authority)
	fmt.Println(host, ok)
	_, ok = fields.Get(proxy.UniqueID)
	fmt.Println(ok)
	for kind, value := range fields.All() {
		fmt.Printf("%#x %s\n", kind, value)
	}
	// Output:
	// example.org true
	// false
	// 0x1 h2
	// 0x2 example.org
}
