// SPDX-License-Identifier: GPL-2.0-or-later
export const sizes = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
