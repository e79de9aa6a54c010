package web

import (
	"io"
	"net/http"
	"os"

	"github.com/go-asynchat/asynchat/fifo"
)

// A file that a handler copies, as http.FileServer does, is sent by the loop: piece by piece
// through the buffers of the handler it would take twice as long.

// fileOf returns the file of which r is a part, if the part is large and fits into the announced
// length.
func (w *response) fileOf(r io.Reader) (*os.File, *io.LimitedReader) {
	l, ok := r.(*io.LimitedReader)
	if !ok || l.N < int64(len(buffer{})) || l.N > w.length-w.size ||
		w.request.Method == http.MethodHead || !bodyAllowed(w.code) {
		return nil, nil
	}
	file, _ := l.R.(*os.File)
	return file, l
}

// sendFile sends the part l of a file, as ReadFrom does. With ok false nothing was done: the file
// is too short, or not a regular one.
func (w *response) sendFile(file *os.File, l *io.LimitedReader) (n int64, err error, ok bool) {
	at, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, nil, false
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() || info.Size()-at < l.N {
		return 0, nil, false
	}
	head, body := w.next(false)
	n, err = w.run.sendFile(head, body, file, at, l.N)
	w.size += n
	l.N -= n
	if _, seekErr := file.Seek(at+n, io.SeekStart); err == nil {
		err = seekErr
	}
	return n, err, true
}

// sendFile has the loop send head, body, and size bytes of a file, and waits until it has, or
// cannot.
func (r *run) sendFile(head, body []byte, file *os.File, at, size int64) (sent int64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over != nil {
		return 0, r.over
	}
	r.begins = true
	r.out.add(head)
	r.out.add(body)
	r.out.file = fifo.Hook(fifo.Section(fifo.KeptFile{File: file}, at, size),
		func(n int64, failure error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.sending, sent, err = false, n, failure
			r.room.Broadcast()
			if r.over == nil {
				r.expect(true)
			}
		})
	r.post()
	for r.sending || r.out.file != nil && r.over == nil {
		r.room.Wait()
	}
	if r.over != nil {
		r.out.file = nil
		err = r.over
	}
	return sent, err
}
