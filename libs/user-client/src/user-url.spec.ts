import { userServiceAddress } from './user-service.client';

describe('userServiceAddress', () => {
  const pathOf = (template: string, url = 'http://users/base/') =>
    userServiceAddress(url, template, '/health').pathOf;

  it('puts every value in its places, and leaves alone what it has no value for', () => {
    const path = pathOf('/{user_id}/of/{user_id}?t={token}&{constructor}={other}');
    expect(path({ user_id: 'a b', token: 'x:{user_id}' })).toBe(
      '/base/a%20b/of/a%20b?t=x%3A%7Buser_id%7D&{constructor}={other}',
    );
  });

  it('takes a template as it is where it has no place for a value', () => {
    expect(pathOf('/all', 'http://users')({ user_id: '..' })).toBe('/all');
  });

  it('needs a value that fits only where there is a place for it', () => {
    expect(pathOf('/{user_id}')({ user_id: 'u', token: '..' })).toBe('/base/u');
    expect(pathOf('/{user_id}/{token}')({ user_id: 'u', token: '..' })).toBeUndefined();
    expect(pathOf('/{user_id}')({ user_id: '' })).toBeUndefined();
  });
});
