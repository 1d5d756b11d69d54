/* SPDX-License-Identifier: MIT */
#ifndef BARE_FNMATCH_H
#define BARE_FNMATCH_H

int fnmatch(const char *pattern, const char *text, int flags); /* * and ? only; flags 0 */

#endif
