package docs

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// sections returns the text of each section of a page by its title.
func sections(t *testing.T, page string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, s := range strings.Split(string(text), "\n## ")[1:] {
		title, body, _ := strings.Cut(s, "\n")
		found[title] = body
	}
	return found
}

// Each case that is decided otherwise than in asynchat has a section that says so.
func TestDecidedCases(t *testing.T) {
	found := sections(t, "semantics.md")
	for _, title := range []string{
		"A terminator that has fired", "Length(0)", "SetTerminator inside CollectIncomingData",
		"SetTerminator outside of input", "Close or PauseReading inside a callback", "After a close",
		"End of input", "Half-close with output queued", "CloseWhenDone", "Push after a close",
		"Who owns a pushed slice", "Many small pushes", "A peer that does not read",
		"An element that never ends", "No terminator", "A panic", "No descriptor left for a connection",
		"A connection that is reset before it is accepted", "Predicates",
		"A descriptor that is used again",
	} {
		if body := found[title]; !strings.Contains(body, "asynchat: ") ||
			!strings.Contains(body, "Ours: ") {
			t.Errorf("semantics.md: there is no section %q that says what asynchat does and what we do",
				title)
		}
	}
	for title, body := range found {
		if title != "No regular expressions" && title != "Not ported" && !namedTest.MatchString(body) {
			t.Errorf("semantics.md: %q names no test", title)
		}
	}
}

// Each class of vulnerabilities has its section, with our default and the tests that hold it.
func TestSecurityClasses(t *testing.T) {
	found := sections(t, "security.md")
	for n := 1; n <= 19; n++ {
		var body string
		for title, text := range found {
			if strings.HasPrefix(title, fmt.Sprintf("S%d ", n)) {
				body = text
			}
		}
		_, tests, ok := strings.Cut(body, "\n- Tests: ")
		if !strings.Contains(body, "\n- Default: ") || !strings.Contains(body, "\n- Yours: ") {
			t.Errorf("security.md: class S%d has no default, or does not say what is left", n)
		}
		if n != 17 && (!ok || !namedTest.MatchString(tests)) { // there is no decompression to be tested
			t.Errorf("security.md: class S%d names no test", n)
		}
	}
}
