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

// The bug in the server of testing.md is found as the page says.
func TestPlantedSplitIsFound(t *testing.T) {
	code, report := planted(t, "mailbox")
	output, failed := runTest(t, code)
	if !failed || !strings.Contains(output, "--- FAIL: TestMailbox ") {
		t.Errorf("TestMailbox must fail:\n%s", output)
	}
	expectReport(t, output, report)
}

// The fault in the protocol of testing.md is found as the page says, and the remedy that it names
// is one.
func TestPlantedFaultIsFound(t *testing.T) {
	code, report := planted(t, "say")
	output, failed := runTest(t, code)
	if !failed || strings.Contains(output, "--- FAIL: TestSay ") ||
		!strings.Contains(output, "--- FAIL: TestSayInEveryCut ") ||
		!strings.Contains(output, "--- FAIL: FuzzSay ") {
		t.Errorf("TestSayInEveryCut and FuzzSay must fail, TestSay must not:\n%s", output)
	}
	expectReport(t, output, report)
	remedy := strings.NewReplacer(
		"s.data = bytes.Clone(data)", "s.data = append(s.data, data...)",
		"func (s *session) FoundTerminator() {\n",
		"func (s *session) FoundTerminator() {\n\tdefer func() { s.data = nil }()\n",
		"\t\"bytes\"\n", "")
	if output, failed := runTest(t, remedy.Replace(code)); failed {
		t.Errorf("the remedy does not help:\n%s", output)
	}
}

// planted returns the package of that name on the page, and the report behind it.
func planted(t *testing.T, name string) (code, report string) {
	t.Helper()
	page, err := os.ReadFile("testing.md")
	if err != nil {
		t.Fatal(err)
	}
	head := "```go\npackage " + name + "\n"
	_, behind, ok := strings.Cut(string(page), head)
	if !ok {
		t.Fatalf("testing.md has no package %s", name)
	}
	return goBlock.FindStringSubmatch(head + behind)[1], textBlock.FindStringSubmatch(behind)[1]
}

func expectReport(t *testing.T, output, report string) {
	t.Helper()
	for line := range strings.Lines(report) {
		if !strings.Contains(output, strings.TrimSpace(line)) {
			t.Errorf("the failure does not say %q:\n%s", line, output)
		}
	}
}

func runTest(t *testing.T, code string) (output string, failed bool) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "planted_test.go")
	if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "test", "-vet=off", file)
	cmd.Dir = ".."
	out, err := cmd.CombinedOutput()
	return string(out), err != nil
}
