package main

import (
	"strings"
	"testing"
)

func TestAddresses(t *testing.T) {
	long := strings.Repeat("x", 63)
	for _, address := range []string{"a@b", "a.b+c@d-e.f", `"a b"@c`, `"a@b>\"\\"@c`, `""@c`,
		"a@[127.0.0.1]", "a@[IPv6:::1]", "@a,@b:c@d", "x" + long + "@a." + long,
		"!#$%&'*+-/=?^_`{|}~@a", "é@ü.de"} {
		if refusal := checkAddress(address, true, "5.1.3"); refusal != "" {
			t.Errorf("%s: %s", address, refusal)
		}
	}
	for _, address := range []string{"", "a", "@", "a@", "@b", "a@b@c", "a.@b", ".a@b", "a..b@c",
		"a b@c", `a"b@c`, `"a@b`, `"a"b"@c`, `"a\"@b`, "a@b.", "a@.b", "a@-b", "a@b-", "a@b c", "a@[",
		"a@[]", "a@[x]]", "a@b/c", "xx" + long + "@a", "a@x" + long, "@a:b",
		strings.Repeat("a.", 30) + "a@" + strings.Repeat("b.", 100) + "b", "a\xff@b", "a@b\xff",
		"a<@b", "a>@b"} {
		if refusal := checkAddress(address, true, "5.1.3"); refusal != "553 5.1.3 That is no address" {
			t.Errorf("%q is an address: %q", address, refusal)
		}
	}
	if refusal := checkAddress("é@b", false, "5.1.3"); refusal != "553 5.6.7 That "+
		"address needs SMTPUTF8" {
		t.Errorf("without SMTPUTF8: %q", refusal)
	}
}

// A quoted name may hold what ends an address elsewhere.
func TestCutPath(t *testing.T) {
	for _, tt := range []struct {
		args, address, params string
		ok                    bool
	}{
		{"to:<a@b>", "a@b", "", true},
		{"TO:<a@b> X=1  Y", "a@b", "X=1  Y", true},
		{`TO:<"a> \">"@b>  X`, `"a> \">"@b`, "X", true},
		{"TO:<>", "", "", true},
		{"TO:<a@b>X", "", "", false},
		{`TO:<"a@b>`, "", "", false},
		{"TO:a@b", "", "", false},
		{"TO: <a@b>", "a@b", "", true},
		{"TO :<a@b>", "", "", false},
		{"T", "", "", false},
		{"", "", "", false},
	} {
		address, params, ok := cutPath(tt.args, "TO:")
		if address != tt.address || params != tt.params || ok != tt.ok {
			t.Errorf("%q: %q, %q, %t", tt.args, address, params, ok)
		}
	}
}
