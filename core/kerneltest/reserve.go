package kerneltest

// A reserve is a descriptor of its own, which takes its place until it is closed.
func testReserve(e *env) {
	first, err := e.k.Reserve()
	if err != nil {
		e.Fatalf("Reserve: %v", err)
	}
	second, err := e.k.Reserve()
	if err != nil {
		e.Fatalf("Reserve: %v", err)
	}
	a, b := e.pair()
	taken := map[int]bool{first: true, second: true, a: true, b: true}
	if len(taken) != 4 || first < 0 || second < 0 {
		e.Errorf("the reserves are %d and %d beside %d and %d", first, second, a, b)
	}
	e.close(first)
	e.close(second)
	e.write(a, "x")
	e.expect(b, "x")
}
