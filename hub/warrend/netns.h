/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces that outlive every process, where `ip netns` sees them. */
#pragma once

/* The instance's namespace: adopted, or made and mounted at /run/netns/wr-<id>. */
int netns_open(const char *id, int *ret_fd);
/* -ENOENT: there is none. */
int netns_find(const char *id, int *ret_fd);
/* The one this process is in. */
int netns_open_own(int *ret_fd);
/* Unmounts and removes it; 0 also when there was none. Takes some 30 ms: the kernel takes its links
 * down. */
int netns_remove(const char *id);
