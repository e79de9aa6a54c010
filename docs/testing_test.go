package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var textBlock = regexp.MustCompile("(?ms)^```text\n(.*?)^```$")

// The fault in the protocol of testing.md is found as the page says, and the remedy that it names
// is one.
func TestPlantedFaultIsFound(t *testing.T) {
	page, err := os.ReadFile("testing.md")
	if err != nil {
		t.Fatal(err)
	}
	code := string(goBlock.FindSubmatch(page)[1])
	output, failed := runTest(t, code)
	if !failed || strings.Contains(output, "--- FAIL: TestSay ") ||
		!strings.Contains(output, "--- FAIL: TestSayInEveryCut ") ||
		!strings.Contains(output, "--- FAIL: FuzzSay ") {
		t.Errorf("TestSayInEveryCut and FuzzSay must fail, TestSay must not:\n%s", output)
	}
	for line := range strings.Lines(string(textBlock.FindSubmatch(page)[1])) {
		if !strings.Contains(output, strings.TrimSpace(line)) {
			t.Errorf("the failure does not say %q:\n%s", line, output)
		}
	}
	remedy := strings.NewReplacer(
		"s.data = bytes.Clone(data)", "s.data = append(s.data, data...)",
		"func (s *session) FoundTerminator() {\n",
		"func (s *session) FoundTerminator() {\n\tdefer func() { s.data = nil }()\n",
		"\t\"bytes\"\n", "")
	if output, failed := runTest(t, remedy.Replace(code)); failed {
		t.Errorf("the remedy does not help:\n%s", output)
	}
}

func runTest(t *testing.T, code string) (output string, failed bool) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "say_test.go")
	if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "test", "-vet=off", file)
	cmd.Dir = ".."
	out, err := cmd.CombinedOutput()
	return string(out), err != nil
}
