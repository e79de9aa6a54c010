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
	var head []byte
	if !w.begun {
		head = w.makeHead(false)
	}
	n, err = w.run.sendFile(head, w.take(false), file, at, l.N)
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
	ended := false
	r.out.file = fifo.Hook(fifo.Section(fifo.KeptFile{File: file}, at, size),
		func(n int64, failure error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			ended, sent, err = true, n, failure
			r.room.Broadcast()
			if r.over == nil {
				r.expect(true)
			}
		})
	r.post()
	r.sending = true
	defer func() { r.sending = false }()
	for !ended {
		if r.over != nil && r.out.file != nil { // the loop will not come for it
			r.out.file = nil
			return 0, r.over
		}
		r.room.Wait()
	}
	if r.over != nil {
		err = r.over
	}
	return sent, err
}
