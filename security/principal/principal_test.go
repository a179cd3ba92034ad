package principal

import "testing"

func TestZeroIsNobody(t *testing.T) {
	var zero Principal
	if !zero.IsNobody() || zero.Source() != Nobody || zero.ID() != 0 {
		t.Errorf("the zero principal is %+v", zero)
	}
	for want, p := range map[Source]Principal{
		Password: FromPassword(7, "ann"), TLSCert: FromClientCert(7, "ann"), Internal: Trusted(7, "ann"),
	} {
		if p.Source() != want || p.ID() != 7 || p.Name() != "ann" || p.IsNobody() {
			t.Errorf("%+v, want source %d", p, want)
		}
	}
	if FromPassword(7, "ann") == FromClientCert(7, "ann") {
		t.Error("principals of different proof are equal")
	}
	if !Trusted(0, "ann").IsNobody() {
		t.Error("a name without a number is somebody")
	}
}
