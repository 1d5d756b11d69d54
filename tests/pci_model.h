/* SPDX-License-Identifier: MIT */
/*
 * A model of PCI functions' configuration space that fails the test on what software must not do:
 * accesses that are not aligned or beyond 256 bytes, BARs changed while the function answers at
 * them, and writes to anything that is not theirs to write.
 */
#ifndef PCI_MODEL_H
#define PCI_MODEL_H

#include <haul/pci.h>

enum { PCI_MODEL_FUNCTIONS = 16 };

struct pci_model_function {
	struct haul_pci_address at;
	unsigned char config[256];
	uint32_t bar_bits[HAUL_PCI_BARS];    /* of the address, that can be written */
	uint8_t msix;                        /* where its capability is; 0: nowhere */
	const struct pci_model_table *table; /* of that; NULL: not known */
	bool stubborn;                       /* what is written to it is lost */
	bool lax;                            /* so is, without failing, what may not be written */
	int gone;                            /* 0: it is there; 1: all ones; 2: faults */
	size_t accesses;
	size_t goes; /* after so many accesses it is gone; 0: never */
};

struct pci_model {
	struct pci_model_function functions[PCI_MODEL_FUNCTIONS];
	size_t count;
	bool faults; /* where there is no function */
};

void pci_model_begin(struct pci_model *model);

/* What a model insists on.  Where it does not hold the test fails; or, once pci_model_forgive has
 * been called, until pci_model_begin, that is counted, and the access does nothing. */
bool pci_model_expect(bool holds, const char *rule);
void pci_model_forgive(void);
unsigned pci_model_complaints(void);
const char *pci_model_complaint(void); /* the first rule, or NULL */

/* With an id and a subsystem, the vendor in the lower half, and nothing else. */
struct pci_model_function *pci_model_add(struct pci_model *model, unsigned bus, unsigned device,
					 unsigned function, uint32_t id, uint32_t subsystem);

void pci_model_access(struct pci_model *model, uint8_t first, uint8_t last,
		      struct haul_pci_access *access);

/* The same by ECAM: through a window of tests/virtio_registers.h. */
void pci_model_ecam(struct pci_model *model, struct haul_pci_ecam *ecam, uint8_t first,
		    unsigned buses);

/* A BAR with these flags (its low bits) and, if size is not 0, an address. */
void pci_model_bar(struct pci_model_function *function, unsigned index, uint32_t flags,
		   uint64_t size, uint64_t address);

/* Bytes of the space, as they are. */
void pci_model_put(struct pci_model_function *function, unsigned off, unsigned width,
		   uint32_t value);
uint32_t pci_model_get(const struct pci_model_function *function, unsigned off, unsigned width);

/* Capabilities' list: the first is at off; one at off, and where the next is. */
void pci_model_list(struct pci_model_function *function, uint8_t off);
void pci_model_capability(struct pci_model_function *function, uint8_t off, uint8_t id,
			  uint8_t next);

/* MSI-X, with so many vectors, their table being there. */
void pci_model_msix(struct pci_model_function *function, uint8_t off, uint8_t next,
		    unsigned vectors, unsigned bar, uint32_t table);
bool pci_model_msix_is_on(const struct pci_model_function *function);

/* Its table, at a window of tests/virtio_registers.h.  Words are written whole, and what an
 * entry says only while it is masked. */
enum { PCI_MODEL_VECTORS = 64 };

struct pci_model_table {
	struct pci_model_function *function;
	unsigned vectors;
	uint32_t words[PCI_MODEL_VECTORS][4];
	bool stuck; /* it does not take what is written */
};

/* After a reset: all are masked. */
void pci_model_table(struct pci_model_table *table, struct pci_model_function *function,
		     unsigned vectors, uintptr_t base);

uint16_t pci_model_command(const struct pci_model_function *function);

#endif
