# SPDX-License-Identifier: LGPL-2.1-or-later
#
# runs-i386: exits with 0, which shows that this kernel executes i386 programs.

        .globl  _start
_start:
        movl    $1, %eax                # exit
        xorl    %ebx, %ebx
        int     $0x80

        .section .note.GNU-stack, "", @progbits
