package catalog

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestTurn(t *testing.T) {
	c := new(Catalog)
	ctx, cancel := context.WithCancel(context.Background())
	of, release := c.Turn(ctx, 0)
	if of == ctx {
		t.Fatal("nobody has it, and it was not given")
	}
	if err := c.turn.wait(of); err != nil {
		t.Error(err)
	}
	if second, _ := c.Turn(ctx, 0); second != ctx {
		t.Error("two have it")
	}
	waits := make(chan error, 2)
	go func() { waits <- c.turn.wait(context.Background()) }()
	stopped, stop := context.WithCancel(ctx)
	stop()
	if err := c.turn.wait(stopped); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	select {
	case err := <-waits:
		t.Errorf("it was not waited for: %v", err)
	default:
	}
	release()
	if err := <-waits; err != nil {
		t.Error(err)
	}
	cancel()
}

// Who does not give it back loses it, and others come before he has it again.
func TestTurnEnds(t *testing.T) {
	c := new(Catalog)
	ctx := context.Background()
	began := time.Now()
	if of, _ := c.Turn(ctx, 0); of == ctx {
		t.Fatal("it was not given")
	}
	if err := c.turn.wait(ctx); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < maxTurn {
		t.Errorf("it was over after %v", took)
	}
	if of, _ := c.Turn(ctx, 0); of != ctx {
		t.Error("it is taken again, and nobody else had time")
	}
}

// A change that needs longer is waited for by those who change what there is; who changes rights waits for no more than before.
func TestTurnForLonger(t *testing.T) {
	c := new(Catalog)
	ctx := context.Background()
	began := time.Now()
	_, release := c.Turn(ctx, 3*maxTurn)
	patient := make(chan error, 1)
	go func() { patient <- c.turn.wait(Patient(ctx)) }()
	if err := c.turn.wait(ctx); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < maxTurn || took > 2*maxTurn {
		t.Errorf("a REVOKE waited for %v", took)
	}
	select {
	case err := <-patient:
		t.Errorf("it was not waited for: %v", err)
	default:
	}
	release()
	if err := <-patient; err != nil {
		t.Error(err)
	}
}
