package kerneltest

// A reserve is a descriptor of its own, which takes its place until it is closed.
func testReserve(r *rig) {
	first, err := r.k.Reserve()
	if err != nil {
		r.Fatalf("Reserve: %v", err)
	}
	second, err := r.k.Reserve()
	if err != nil {
		r.Fatalf("Reserve: %v", err)
	}
	a, b := r.pair()
	taken := map[int]bool{first: true, second: true, a: true, b: true}
	if len(taken) != 4 || first < 0 || second < 0 {
		r.Errorf("the reserves are %d and %d beside %d and %d", first, second, a, b)
	}
	r.close(first)
	r.close(second)
	r.write(a, "x")
	r.expect(b, "x")
}
