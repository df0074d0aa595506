import { Receipts } from './receipts';

const body = (id: string) => Buffer.from(JSON.stringify({ message: { data: { request_id: id } } }));

describe('Receipts', () => {
  it('counts a notification as complete when every device has its message', () => {
    const receipts = new Receipts({ prefix: 'r-', notifications: 2, devicesEach: 2 });
    receipts.note(body('r-0'));
    expect(receipts.progress).toMatchObject({ requests: 1, complete: 0 });
    receipts.note(body('r-0'));
    receipts.note(body('r-1'));
    expect(receipts.progress).toMatchObject({ requests: 3, complete: 1, tooMany: 0 });
    expect(receipts.receivedAt[0]).toBeGreaterThan(0);
  });

  it('notices what is shown twice', () => {
    const receipts = new Receipts({ prefix: 'r-', notifications: 1, devicesEach: 1 });
    receipts.note(body('r-0'));
    receipts.note(body('r-0'));
    expect(receipts.progress).toMatchObject({ complete: 1, tooMany: 1 });
  });

  it.each(['other-0', 'r-7', 'r-x'])('does not count %s, which is of another round', (id) => {
    const receipts = new Receipts({ prefix: 'r-', notifications: 1, devicesEach: 1 });
    receipts.note(body(id));
    expect(receipts.progress.requests).toBe(0);
  });
});
