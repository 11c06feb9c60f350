import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyRequest } from 'fastify';

/** Names and attributes of the cookies; those of an address with https are bound to its very host. */
export class LoginCookies {
  private readonly isSecure: boolean;

  constructor(publicUrl: string) {
    this.isSecure = publicUrl.startsWith('https:');
  }

  /** Of somebody who is logged in. */
  readLogin(request: FastifyRequest): string | undefined {
    return this.read(request, 'login');
  }

  /** Of somebody who is with the identity provider just now. */
  readPending(request: FastifyRequest): string | undefined {
    return this.read(request, 'pending');
  }

  login(value: string, seconds: number): string {
    return this.write('login', value, seconds);
  }

  pending(value: string, seconds: number): string {
    return this.write('pending', value, seconds);
  }

  private read(request: FastifyRequest, name: string): string | undefined {
    return parseCookie(request.headers.cookie ?? '')[this.nameOf(name)];
  }

  private write(name: string, value: string, maxAge: number): string {
    const secure = this.isSecure;
    // Lax: the provider sends people back by a link, which must come with the cookie.
    return stringifySetCookie({
      name: this.nameOf(name),
      value,
      maxAge,
      httpOnly: true,
      sameSite: 'lax',
      path: '/',
      secure,
    });
  }

  private nameOf(name: string): string {
    return `${this.isSecure ? '__Host-' : ''}orchestra-${name}`;
  }
}
