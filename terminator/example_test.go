package terminator_test

import (
	"fmt"

	"github.com/go-asynchat/asynchat/terminator"
)

// elements returns the elements of a whole stream.
func elements(t terminator.Terminator, stream string) []string {
	var m terminator.Matcher
	m.Set(t)
	var found []string
	for rest := []byte(stream); ; {
		collect, skip, ended := m.Next(rest)
		if !ended {
			return found
		}
		found = append(found, string(rest[:collect]))
		rest = rest[collect+skip:]
	}
}

func ExampleString() {
	fmt.Printf("%q\n", elements(terminator.String("\r\n"), "EHLO there\r\nbare \n stays\r\nQUI"))
	// Output: ["EHLO there" "bare \n stays"]
}

func ExampleLength() {
	fmt.Printf("%q\n", elements(terminator.Length(4), "2024202520"))
	// Output: ["2024" "2025"]
}

func ExampleAny() {
	fmt.Printf("%q\n", elements(terminator.Any("; ", ";", "\n"), "one;two; three\n"))
	// Output: ["one" "two" " three"]
}

func ExampleLine() {
	fmt.Printf("%q\n", elements(terminator.Line(), "from telnet\r\nfrom nc\n"))
	// Output: ["from telnet" "from nc"]
}

// A header line has the length of the body. So the terminator changes between the elements.
func ExampleMatcher() {
	header, body := terminator.String("\r\n"), false
	var m terminator.Matcher
	m.Set(header)
	var rest, element []byte
	for _, received := range []string{"5\r", "\nhel", "lo3\r\nb", "ye"} {
		rest = append(rest, received...)
		for {
			collect, skip, found := m.Next(rest)
			if collect == 0 && skip == 0 && !found {
				break
			}
			element = append(element, rest[:collect]...)
			rest = rest[collect+skip:]
			if !found {
				continue
			}
			if body {
				fmt.Printf("%s\n", element)
				m.Set(header)
			} else {
				var n int64
				fmt.Sscan(string(element), &n)
				m.Set(terminator.Length(n))
			}
			body, element = !body, element[:0]
		}
	}
	// Output:
	// hello
	// bye
}

func ExampleMatcher_SetLimit() {
	var m terminator.Matcher
	m.Set(terminator.String("\n"))
	m.SetLimit(4, true)
	for rest := []byte("ok\nmuch too long\nfine\n"); ; {
		collect, skip, found := m.Next(rest)
		if collect == 0 && skip == 0 {
			break
		}
		fmt.Printf("%q found %t too long %t\n", rest[:collect], found, m.TooLong())
		rest = rest[collect+skip:]
	}
	// Output:
	// "ok" found true too long false
	// "much" found false too long false
	// "" found false too long true
	// "fine" found true too long false
}

func ExamplePrefixAtEnd() {
	fmt.Println(terminator.PrefixAtEnd([]byte("qwerty\r"), []byte("\r\n")))
	fmt.Println(terminator.PrefixAtEnd([]byte("qwertydkjf"), []byte("\r\n")))
	// Output:
	// 1
	// 0
}
