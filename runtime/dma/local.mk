# SPDX-License-Identifier: MIT
core_sources += \
	runtime/dma/check.h
