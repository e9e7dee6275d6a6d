#!/bin/bash
# Copyright (c) 2024 Somebody
#
# Backs up everything,
# every night.
#
# More.
set -e
