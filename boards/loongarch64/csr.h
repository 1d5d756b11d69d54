/* SPDX-License-Identifier: MIT */
/*
 * loongarch64: control and status registers by number, and where memory is seen.
 * "Manual" in these files is volume 1 of the LoongArch reference manual; its
 * chapter 7 describes the registers.
 */
#ifndef CSR_H
#define CSR_H

#define CSR_CRMD 0x0   /* current mode */
#define CSR_PRMD 0x1   /* mode before the exception */
#define CSR_EUEN 0x2   /* which optional units are on */
#define CSR_ECFG 0x4   /* interrupts */
#define CSR_ESTAT 0x5  /* what the exception is */
#define CSR_ERA 0x6    /* where it happened */
#define CSR_BADV 0x7   /* the address that caused it */
#define CSR_EENTRY 0xc /* where exceptions go */
#define CSR_ASID 0x18  /* address space */
#define CSR_PGDL 0x19  /* tables of the lower half of the address space */
#define CSR_PGDH 0x1a  /* and of the upper half */
#define CSR_PGD 0x1b   /* the one of them that the bad address needs */
#define CSR_PWCL 0x1c  /* which address bits index which table */
#define CSR_PWCH 0x1d
#define CSR_STLBPS 0x1e    /* page size of the TLB's larger part */
#define CSR_SAVE0 0x30     /* the kernel's to use */
#define CSR_TLBRENTRY 0x88 /* where TLB refills go */
#define CSR_TLBRBADV 0x89  /* the address that caused one */
#define CSR_TLBRSAVE 0x8b  /* theirs to use */
#define CSR_TLBRELO0 0x8c  /* what they put into the TLB: the even page's entry, */
#define CSR_TLBRELO1 0x8d  /* the odd page's, */
#define CSR_TLBREHI 0x8e   /* page size, and the address, which is there already */
#define CSR_DMW0 0x180     /* windows on physical memory */
#define CSR_DMW1 0x181

/* Windows on all physical memory, by the address's four highest bits. */
#define UNCACHED 0x8000000000000000 /* for devices */
#define CACHED 0x9000000000000000   /* for RAM */

#endif
