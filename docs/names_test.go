package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var goName = regexp.MustCompile("`((?:core|chat|fifo|terminator)\\.[A-Z][A-Za-z]*" +
	"(?:\\.[A-Z][A-Za-z]*)?|Example[A-Za-z_]+)`")

// namedOn are the pages whose Go names readers look up: those for people who come from elsewhere
// above all.
var namedOn = []string{"asynchat.md", "fromnet.md", "fromtwisted.md", "fromgnet.md", "tutorial.md",
	"howto.md", "symptoms.md", "protocols.md", "conversations.md", "operating.md", "testing.md"}

// Every Go name on these pages is there, or readers look for it without success.
func TestNamesExist(t *testing.T) {
	names := map[string]bool{}
	for _, pkg := range []string{"core", "chat", "fifo", "terminator"} {
		files, err := filepath.Glob(filepath.Join("..", pkg, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			collect(t, names, pkg, file)
		}
	}
	found := 0
	for _, page := range namedOn {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range goName.FindAllSubmatch(text, -1) {
			found++
			if name := string(m[1]); !names[name] {
				t.Errorf("%s: there is no %s", page, name)
			}
		}
	}
	if found < 150 {
		t.Errorf("only %d names found on the pages", found)
	}
}

// pythonNames are all names of asyncore and asynchat in Python 3.11 that a program may use, methods
// and attributes included.
const pythonNames = `ExitNow close_all compact_traceback dispatcher debug connected accepting
	connecting closing addr ignore_log_types add_channel del_channel create_socket set_socket
	set_reuse_addr readable writable listen bind connect accept send recv close log log_info
	handle_read_event handle_error handle_expt handle_read handle_write handle_connect
	handle_accept handle_accepted handle_close dispatcher_with_send initiate_send file_dispatcher
	set_file file_wrapper loop poll poll2 poll3 read readwrite write socket_map async_chat
	ac_in_buffer ac_in_buffer_size ac_out_buffer_size use_encoding encoding incoming producer_fifo
	collect_incoming_data _collect_incoming_data _get_data found_terminator set_terminator
	get_terminator push push_with_producer
	close_when_done discard_buffers simple_producer more find_prefix_at_end`

var pythonCode = regexp.MustCompile("`([^`\n]+)`")

// Whoever comes from Python finds every name that they know in the left column of a table.
func TestPythonNamesAreListed(t *testing.T) {
	text, err := os.ReadFile("asynchat.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if left, _, ok := strings.Cut(strings.TrimPrefix(line, "| "), " | "); ok &&
			strings.HasPrefix(line, "| ") {
			for _, m := range pythonCode.FindAllStringSubmatch(left, -1) {
				name, _, _ := strings.Cut(m[1], "(")
				listed[name] = true
			}
		}
	}
	for _, name := range strings.Fields(pythonNames) {
		if !listed[name] {
			t.Errorf("asynchat.md: %s of Python is not in a table", name)
		}
	}
}

// collect adds what a file declares: pkg.Name, pkg.Type.Method, and examples by their own name.
func collect(t *testing.T, names map[string]bool, pkg, file string) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range f.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			switch {
			case strings.HasSuffix(file, "_test.go"):
				names[d.Name.Name] = true
			case d.Recv == nil:
				names[pkg+"."+d.Name.Name] = true
			default:
				receiver := d.Recv.List[0].Type
				if star, ok := receiver.(*ast.StarExpr); ok {
					receiver = star.X
				}
				if id, ok := receiver.(*ast.Ident); ok {
					names[pkg+"."+id.Name+"."+d.Name.Name] = true
				}
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					names[pkg+"."+s.Name.Name] = true
				case *ast.ValueSpec:
					for _, n := range s.Names {
						names[pkg+"."+n.Name] = true
					}
				}
			}
		}
	}
}
