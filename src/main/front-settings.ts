import { isIP } from 'node:net';
import { z } from 'zod';
import { defaultRequestLimits, parseRequestLimits } from '../domain/access/request-limits';
import { isOwnMachine } from './own-machine';

/** Of ORCHESTRA_RATE_LIMITS; null for `off`, which is not the same as nothing. */
export const rateLimitsSchema = z
  .string()
  .optional()
  .transform((written, context) => {
    if (written === undefined) return defaultRequestLimits;
    const limits = parseRequestLimits(written);
    if (typeof limits !== 'string') return limits ?? null;
    context.issues.push({ code: 'custom', message: limits, input: written });
    return z.NEVER;
  });

/** Of ORCHESTRA_CORS_ORIGINS. There is no word for "all": a page that anybody writes would act for whoever looks at it. */
export const corsOriginsSchema = listOf(
  isOrigin,
  'takes origins such as https://app.example.com, separated by commas, without a path',
);

/** Of ORCHESTRA_PUBLIC_URL: an origin. Without https only on this machine, where nobody listens in. */
export const publicUrlSchema = z
  .string()
  .refine(
    (text) => isOrigin(text) && (text.startsWith('https:') || isOwnMachine(new URL(text))),
    'takes an origin such as https://orchestra.example.com, without a path',
  )
  .optional();

/** Of ORCHESTRA_TRUSTED_PROXIES. */
export const trustedProxiesSchema = listOf(
  isNetwork,
  'takes addresses or networks such as 10.0.0.0/8, separated by commas',
);

function listOf(isOne: (text: string) => boolean, message: string): z.ZodType<string[], string | undefined> {
  return z
    .string()
    .default('')
    .transform((written) =>
      written
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== ''),
    )
    .refine((ones) => ones.every(isOne), message);
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text;
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
}
