package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// filesWorkload serves files, with wrk as the load.
func filesWorkload() *workload {
	return &workload{
		name: "files", title: "Files over HTTP", unit: "file", reference: []string{"nginx", "net/http"},
		needs: []string{"wrk"}, metrics: []string{"rate", "cpu", "p99"}, seconds: 1.4,
		about: "wrk with 100 connections that are kept alive. One file of each server is compared byte " +
			"for byte before. nginx has one process, sendfile and no access log; net/http is " +
			"http.FileServer, and so is web.Handler.",
		subjects: []subject{
			{name: "nginx", command: "{nginx} -e stderr -c {dir}/config", config: nginxConf},
			{name: ours, command: "{httpd} -root {dir}/files -addr {addr}"},
			{name: "net/http", command: "{serve} -kind net-http -addr {addr}"},
			{name: "web.Handler", command: "{serve} -kind web-files -addr {addr}"},
		},
		cells: []cell{
			{name: "1 KiB", file: "small", size: 1 << 10, conns: 100, quick: true},
			{name: "1 MiB", file: "large", size: 1 << 20, conns: 100},
		},
		prepare: func(b *bench, _ *workload, c *cell) error { return b.makeFile(c) },
		measure: (*bench).measureFiles,
	}
}

const nginxConf = `daemon off; master_process off; error_log stderr; pid {dir}/nginx.pid;
worker_rlimit_nofile 4096;
events { worker_connections 2048; }
http {
	access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
	default_type application/octet-stream;
	client_body_temp_path {dir}/tmp; proxy_temp_path {dir}/tmp; fastcgi_temp_path {dir}/tmp;
	uwsgi_temp_path {dir}/tmp; scgi_temp_path {dir}/tmp;
	server { listen {addr}; root {dir}/files; }
}
`

func (b *bench) folder() string { return filepath.Join(b.dir, "files") }

func (b *bench) makeFile(c *cell) error {
	if err := os.MkdirAll(b.folder(), 0o777); err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, c.size)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return os.WriteFile(filepath.Join(b.folder(), c.file), data, 0o666)
}

func (b *bench) measureFiles(s subject, c *cell) (values, error) {
	want, err := os.ReadFile(filepath.Join(b.folder(), c.file))
	if err != nil {
		return nil, err
	}
	return b.measureWrk(s, c, want)
}

// measureWrk compares what a server has under the name of a cell's file, and lets wrk measure it.
func (b *bench) measureWrk(s subject, c *cell, want []byte) (values, error) {
	v, err := b.serve(s, b.serverCore, b.folder())
	if err != nil {
		return nil, err
	}
	defer v.end()
	url := "http://" + v.addr + "/" + c.file
	if err := compare(url, want); err != nil {
		return nil, err
	}
	seconds := strconv.Itoa(max(1, int(b.flags.length.Round(time.Second).Seconds()))) + "s"
	u, err := b.runLoad(v, b.tools.Path["wrk"],
		"-t1", "-c"+strconv.Itoa(c.conns), "-d"+seconds, "--latency", url)
	if err != nil {
		return nil, err
	}
	w, err := parseWrk(u.out)
	if err != nil {
		return nil, err
	}
	all := u.values(w.requests)
	all["rate"], all["p50"], all["p99"] = w.rate, w.p50, w.p99
	return all, nil
}

// compare gets a file once and looks whether it is the right one.
func compare(url string, want []byte) error {
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || !bytes.Equal(got, want) {
		return fmt.Errorf("%s is not the file: %s, %d bytes", url, resp.Status, len(got))
	}
	return nil
}

// wrk is what the program of that name says.
type wrk struct{ rate, requests, p50, p99 float64 } // times in nanoseconds

func parseWrk(text string) (w wrk, err error) {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch {
		case strings.Contains(line, "Socket errors") || strings.Contains(line, "Non-2xx"):
			return w, fmt.Errorf("wrk: %s", strings.TrimSpace(line))
		case len(f) == 2 && f[0] == "50%":
			w.p50, err = nanoseconds(f[1])
		case len(f) == 2 && f[0] == "99%":
			w.p99, err = nanoseconds(f[1])
		case len(f) == 2 && f[0] == "Requests/sec:":
			w.rate, err = strconv.ParseFloat(f[1], 64)
		case len(f) > 2 && f[1] == "requests" && f[2] == "in":
			w.requests, err = strconv.ParseFloat(f[0], 64)
		}
		if err != nil {
			return w, fmt.Errorf("wrk: %q: %w", line, err)
		}
	}
	if w.rate == 0 || w.requests == 0 {
		return w, fmt.Errorf("wrk: no figures in %q", text)
	}
	return w, nil
}

func nanoseconds(s string) (float64, error) {
	d, err := time.ParseDuration(s)
	return float64(d), err
}
