import type { OutgoingHttpHeaders } from 'node:http';

export const PAGE_HEADERS: OutgoingHttpHeaders = { 'content-type': 'text/html; charset=utf-8' };
export const PAGE = '<!doctype html><title>FCM emulator</title>';
