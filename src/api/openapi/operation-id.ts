import type { AnyRoute } from '../route';

/** `POST /v1/sessions/{session}/pause` is `postSessionsSessionPause`. */
export function operationId({ method, url }: Pick<AnyRoute, 'method' | 'url'>): string {
  const words = url.replace('/v1/', '/').match(/[a-z]+/gi) ?? [];
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
