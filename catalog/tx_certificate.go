package catalog

import (
	"fmt"

	"github.com/lxdb/lxdb/security/principal"
)

// PutCertificate sets the permission certificate of a principal.
func (tx *Tx) PutCertificate(rec *Certificate) error {
	if tx.principals.get(rec.Principal) == nil {
		return fmt.Errorf("%w: principal %d of a certificate", ErrNotFound, rec.Principal)
	}
	kept, err := put(tx, rec, recCertificate, uint32(rec.Principal))
	if err != nil {
		return err
	}
	tx.setCertificate(kept)
	tx.touches.certificates[rec.Principal] = struct{}{}
	return nil
}

// DropCertificate removes the permission certificate of a principal with its
// pages. He can do nothing until he gets another.
func (tx *Tx) DropCertificate(p principal.ID) error {
	if tx.certificates.get(p) == nil {
		return fmt.Errorf("%w: certificate of principal %d", ErrNotFound, p)
	}
	for _, page := range tx.CertificatePages(p) {
		if err := tx.DropCertificatePage(p, page.Node); err != nil {
			return err
		}
	}
	if err := tx.remove(recCertificate, uint32(p)); err != nil {
		return err
	}
	tx.certificates.delete(p)
	tx.touches.certificates[p] = struct{}{}
	return nil
}

// PutCertificatePage writes one page of a permission certificate. The certificate
// that vouches for it is put in the same transaction.
func (tx *Tx) PutCertificatePage(rec *CertificatePage) error {
	if tx.principals.get(rec.Principal) == nil {
		return fmt.Errorf("%w: principal %d of a certificate's page", ErrNotFound, rec.Principal)
	}
	kept, err := put(tx, rec, recPage, uint32(rec.Principal), rec.Node)
	if err != nil {
		return err
	}
	tx.setPage(kept)
	return nil
}

// DropCertificatePage removes one page.
func (tx *Tx) DropCertificatePage(p principal.ID, node uint32) error {
	if tx.pages.get(p, node) == nil {
		return fmt.Errorf("%w: page %#x of the certificate of principal %d", ErrNotFound, node, p)
	}
	if err := tx.remove(recPage, uint32(p), node); err != nil {
		return err
	}
	tx.pages.delete(p, node)
	return nil
}
